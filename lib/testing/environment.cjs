/*
 * environment.cjs - the environment variables that lead every AWS SDK to an endpoint of ours.
 *
 * A program that builds its own `new DynamoDBClient({})` takes the endpoint from them, and asks for
 * a Region and credentials before it sends anything: those are set where there are none, so that
 * it never looks for real ones. What was there before comes back with the function returned.
 */
'use strict'

/** Sets the variables in `env`; gives a function that undoes it. */
function useEndpoint (env, url, region, more = {}) {
  const values = {
    AWS_ENDPOINT_URL_DYNAMODB: url,
    AWS_ENDPOINT_URL_DYNAMODB_STREAMS: url,
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: undefined, /* it would send tests to the real service */
    ...more
  }
  if (!env.AWS_REGION && !env.AWS_DEFAULT_REGION) values.AWS_REGION = region
  if (!env.AWS_ACCESS_KEY_ID && !env.AWS_SECRET_ACCESS_KEY) {
    values.AWS_ACCESS_KEY_ID = 'local'
    values.AWS_SECRET_ACCESS_KEY = 'local'
  }
  return set(env, values)
}

/** Sets the variables of these names to one value, undefined: to none; the same function. */
function setVariables (env, names, value) {
  return set(env, Object.fromEntries(names.map(name => [name, value])))
}

function set (env, values) {
  const before = Object.fromEntries(Object.keys(values).map(name => [name, env[name]]))
  assign(env, values)
  return () => {
    /* What the tests have set since is theirs. */
    const ours = Object.keys(values).filter(name => env[name] === values[name])
    assign(env, Object.fromEntries(ours.map(name => [name, before[name]])))
  }
}

function assign (env, values) {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) delete env[name]
    else env[name] = value
  }
}

module.exports = { setVariables, useEndpoint }
