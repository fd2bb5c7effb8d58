export * from './aws.cjs'
