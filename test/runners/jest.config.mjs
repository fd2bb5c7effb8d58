import { fileURLToPath } from 'node:url'

export default {
  rootDir: fileURLToPath(new URL('../..', import.meta.url)),
  testMatch: ['<rootDir>/test/api/**/*.test.mjs'],
  moduleFileExtensions: ['mjs', 'js', 'cjs', 'json', 'node'],
  moduleNameMapper: { '^node:test$': '<rootDir>/test/runners/shim-jest.mjs' },
  modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/test/fixtures/'],
  transform: {},
  maxWorkers: 2
}
