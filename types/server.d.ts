export * from './server.cjs'
