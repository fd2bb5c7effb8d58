import server from './index.cjs'

export const { serve } = server
