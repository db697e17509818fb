import type { BatonError } from '../error/baton-error.js'
import type { Asset } from './asset.js'
import type { ModuleNeeds } from './read-needs.js'
import type { RelativeUrl } from './relative-urls.js'

/** A module that any host can run. */
export interface ModuleBundle {
  /** Relative to the run's working directory, with `/`. */
  file: string
  /** SHA-256 of the code and its assets, in hex. */
  hash: string
  /** For `compileModule`. */
  code: string
  /** JSON text of where the files are in `code`, for `createStackMapper`. */
  sourceMap: string
  /** Path of the run's working directory in the asset tree; '' unless files outside it are needed. */
  base: string
  /** Packages with native addons, which must be installed on the host. */
  externals: string[]
  files: Asset[]
  /** Folders of the project that the module may use; paths in the asset tree. */
  folders: string[]
  /** Files of the project that are not sent, as far as the module may look for them; paths in the asset tree. */
  unsent: string[]
  /** Whether `unsent` lists all of them. */
  unsentComplete: boolean
}

export interface LoadedModule {
  bundle: ModuleBundle
  stated: ModuleNeeds
  /** Every full title that a test of it could have; absent if its code doesn't show all. */
  testTitles?: readonly string[]
  /** Where it opens pages by URLs that need a baseUrl. */
  relativeUrls?: readonly RelativeUrl[]
  /** Why it can only fail, if it could not be bundled. */
  refused?: readonly BatonError[]
}
