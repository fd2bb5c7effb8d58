/* aws.mjs - `ddblite/aws` on a web page (dist/aws.js). */
import aws from '../aws/index.cjs'

export const { requestHandler, clientConfig } = aws
