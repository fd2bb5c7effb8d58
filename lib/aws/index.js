import aws from './index.cjs'

export const { requestHandler, clientConfig } = aws
