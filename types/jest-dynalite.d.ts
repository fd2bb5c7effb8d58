export * from './jest-dynalite.cjs'
