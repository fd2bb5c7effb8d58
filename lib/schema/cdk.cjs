/*
 * cdk.cjs - the templates of a cloud assembly, CDK's output folder (cdk.out).
 *
 *   manifest.json   artifacts: stacks with their template's file, and assemblies in sub-folders
 *
 * Without a manifest, each *.template.json of the folder is a stack.
 * Source: AWS CDK, the schema of the cloud assembly's manifest.
 */
'use strict'

const { SchemaError } = require('./errors.cjs')
const { isObject } = require('./tables.cjs')
const { builtin, readFile } = require('./source.cjs')

const SUFFIX = '.template.json'

/** The stack's name that a template's file tells, or undefined. */
const stackNameOf = file => file?.endsWith(SUFFIX)
  ? builtin('node:path').basename(file, SUFFIX)
  : undefined

/** The folder of the assembly whose manifest the document is, or undefined. */
const assemblyFolder = ({ value, folder }) => isObject(value?.artifacts) ? folder : undefined

/** The documents of a folder. */
function assembly (folder) {
  const fs = builtin('node:fs')
  const path = builtin('node:path')
  const manifest = path.join(folder, 'manifest.json')
  if (!fs.existsSync(manifest)) {
    const names = fs.readdirSync(folder).filter(name =>
      name.endsWith(SUFFIX) && !name.endsWith(`.nested${SUFFIX}`)).sort()
    if (names.length === 0) {
      throw new SchemaError('The folder has no manifest.json and no *.template.json',
        { file: folder })
    }
    return names.map(name => stack(path.join(folder, name)))
  }
  const { artifacts } = readFile(manifest).value
  if (!isObject(artifacts)) throw new SchemaError('It has no artifacts', { file: manifest })
  return Object.values(artifacts).flatMap(({ type, properties = {} }) => {
    if (type === 'aws:cloudformation:stack') {
      return [stack(path.join(folder, properties.templateFile), properties.stackName)]
    }
    if (type !== 'cdk:cloud-assembly') return []
    return assembly(path.join(folder, properties.directoryName))
  })
}

function stack (file, stackName) {
  return { ...readFile(file), stackName: stackName ?? stackNameOf(file) }
}

module.exports = { assembly, assemblyFolder, stackNameOf }
