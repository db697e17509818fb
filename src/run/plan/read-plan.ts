import { readFile } from 'node:fs/promises'
import { selectorForLabels, selectorForName, type Selector } from '../../device/selector.js'
import {
  parseJsonDocument,
  placeOfNode,
  placeOfPath,
  valueNodeAt,
  type JsonDocument,
} from '../../device/json-document.js'
import { valueOfDocument } from '../../device/json-value.js'
import { ReferenceReader } from '../../device/reference-reader.js'
import { missingFile } from '../../device/read-farm-config.js'
import { schemaErrors } from '../../device/schema-errors.js'
import { environmentOf, labelsOfOn } from '../../device/schema-parts.js'
import { BatonErrors, sortByLocation, type BatonError, type SourceLocation } from '../../error/baton-error.js'
import { createMasker } from '../../event/masker.js'
import { globErrors } from './glob-errors.js'
import { suiteErrors } from './plan-errors.js'
import { planSchema, type PlanKeys, type SuiteKeys } from './plan-schema.js'
import { requestsOf, type Suite, type SuitePlaces, type TestPlan } from './test-plan.js'

export interface PlanSource {
  text: string
  /** As the user wrote it; errors name it. */
  file: string
  env: Readonly<Record<string, string | undefined>>
  /** Names of the run's servers. */
  servers: readonly string[]
}

/**
 * Reads a plan from disk.
 * @param file - as the user wrote it, relative to `cwd`
 * @throws BatonErrors BATON_CONFIG_MISSING if it can't be read; as parsePlan, and then also for globs that match nothing
 */
export async function readPlan(
  file: string,
  source: Pick<PlanSource, 'env' | 'servers'>,
  cwd: string,
): Promise<TestPlan> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    const wanted = { what: 'a plan', create: 'create it (docs/plans.md), or name another with --plan FILE.' }
    throw new BatonErrors([await missingFile(file, error as NodeJS.ErrnoException, wanted)])
  }
  try {
    return parsePlan({ ...source, text, file })
  } catch (error) {
    if (!(error instanceof BatonErrors)) throw error
    throw new BatonErrors(sortByLocation([...error.errors, ...(await globErrors({ ...source, text, file }, cwd))]))
  }
}

/**
 * Reads the text of a plan.
 * @throws BatonErrors with every error that was found, in the order of the file: BATON_CONFIG_INVALID, BATON_ENV_MISSING
 */
export function parsePlan({ text, file, env, servers }: PlanSource): TestPlan {
  const document = openDocument(text, file)
  const references = new ReferenceReader(document, env)
  const { value, errors } = valueOfDocument(document, references.visit)
  errors.push(...references.errors(servers))
  const plan = planSchema.safeParse(value)
  if (!plan.success) {
    const scope = { document, unresolved: references.unresolved, mask: createMasker(references.secrets) }
    errors.push(...schemaErrors(plan.error, { ...scope, schema: planSchema, base: [], otherKeys: [] }))
  }
  errors.push(...suiteErrors(value, document))
  if (errors.length > 0 || !plan.success) throw new BatonErrors(sortByLocation(errors))
  return completePlan(plan.data, document, references.secrets)
}

function openDocument(text: string, file: string): JsonDocument {
  try {
    return parseJsonDocument(text, file, 'the plan')
  } catch (error) {
    throw new BatonErrors([error as BatonError])
  }
}

function completePlan(plan: PlanKeys, document: JsonDocument, secrets: string[]): TestPlan {
  const { wait } = plan.timeouts ?? {}
  return {
    file: document.file,
    order: plan.order ?? 'parallel',
    suites: plan.suites.map((keys, index) => completeSuite(keys, plan, placesOf(keys, plan, index, document))),
    ...(wait !== undefined && { waitTimeoutMs: wait }),
    secrets,
  }
}

function completeSuite(keys: SuiteKeys, plan: PlanKeys, places: SuitePlaces): Suite {
  const on = keys.on ?? plan.on
  const retries = keys.retries ?? plan.retries
  const app = keys.app ?? plan.app
  const test = keys.timeouts?.test ?? plan.timeouts?.test
  const module = keys.timeouts?.module ?? plan.timeouts?.module
  return {
    name: keys.name,
    modules: typeof keys.modules === 'string' ? [keys.modules] : keys.modules,
    order: keys.order ?? 'parallel',
    needs: [...new Set(keys.needs)],
    ...(on !== undefined && { on: labelsOfOn(on) }),
    devices: mapValues(keys.devices ?? {}, selectorOf),
    backup: mapValues(keys.backup ?? {}, selectors => selectors.map(selectorOf)),
    ...(keys.grep !== undefined && { grep: keys.grep }),
    ...(app !== undefined && { app }),
    ...(retries !== undefined && { retries }),
    ...(test !== undefined && { testTimeoutMs: test }),
    ...(module !== undefined && { moduleTimeoutMs: module }),
    env: [plan.env, keys.env].flatMap(env => requestsOf(environmentOf(env))),
    places,
  }
}

function placesOf(keys: SuiteKeys, plan: PlanKeys, index: number, document: JsonDocument): SuitePlaces {
  const placeOf = (...path: (string | number)[]): SourceLocation => placeOfPath(document, ['suites', index, ...path])
  const byRole = (key: 'devices' | 'backup'): Record<string, SourceLocation> =>
    Object.fromEntries(Object.keys(keys[key] ?? {}).map(role => [role, placeOf(key, role)]))
  const globs =
    typeof keys.modules === 'string' ? [placeOf('modules')] : keys.modules.map((_, at) => placeOf('modules', at))
  const on = keys.on !== undefined ? placeOf('on') : plan.on !== undefined ? placeOfPath(document, ['on']) : undefined
  const app = valueNodeAt(document.root, ['suites', index, 'app']) ?? valueNodeAt(document.root, ['app'])
  return {
    modules: globs,
    ...(on && { on }),
    ...(keys.grep !== undefined && { grep: placeOf('grep') }),
    devices: byRole('devices'),
    backup: byRole('backup'),
    ...(app && { app: placeOfNode(document, app) }),
  }
}

function selectorOf(selector: string | string[]): Selector {
  return typeof selector === 'string' ? selectorForName(selector) : selectorForLabels(selector)
}

function mapValues<From, To>(record: Record<string, From>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))
}
