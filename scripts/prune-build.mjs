// The last step of `npm run build`: removes the output of deleted and renamed sources.
import { fileURLToPath } from 'node:url'
import { pruneBuild } from './setup/build.mjs'

pruneBuild(fileURLToPath(new URL('..', import.meta.url)))
