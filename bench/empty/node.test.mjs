import { test } from 'node:test'
import { useDatabase } from 'ddblite/node-test'
import suite from './suite.mjs'

suite({ test, useDatabase })
