import { test } from 'vitest'
import { useDatabase } from 'ddblite/vitest'
import suite from './suite.mjs'

suite({ test, useDatabase })
