import type { Node } from 'jsonc-parser'
import { BatonError } from '../error/baton-error.js'
import { didYouMean } from '../error/closest-name.js'
import { placeOfNode, type JsonDocument, type JsonPath } from './json-document.js'
import type { TextVisitor } from './json-value.js'
import { fillEnvironment, serversIn } from './references.js'
import { subject } from './schema-errors.js'

/** Shorter values would mask half of every log. */
const minSecretLength = 6

/** Fills `${env:…}` while a document is read, and remembers what the references were. */
export class ReferenceReader {
  readonly #secrets = new Set<string>()
  readonly #missing: { name: string; node: Node }[] = []
  readonly #servers: { name: string; node: Node; path: JsonPath }[] = []

  constructor(
    private readonly document: JsonDocument,
    private readonly env: Readonly<Record<string, string | undefined>>,
  ) {}

  get secrets(): string[] {
    return [...this.#secrets]
  }

  /** Texts that name a variable which is not set. */
  get unresolved(): ReadonlySet<Node> {
    return new Set(this.#missing.map(({ node }) => node))
  }

  readonly visit: TextVisitor = (text, node, path) => {
    const filled = fillEnvironment(text, this.env)
    for (const value of filled.values) if (value.length >= minSecretLength) this.#secrets.add(value)
    for (const name of filled.missing) this.#missing.push({ name, node })
    // References in the file only: a value from the environment is data.
    for (const name of serversIn(text)) this.#servers.push({ name, node, path })
    return filled.text
  }

  errors(servers: readonly string[]): BatonError[] {
    return [
      ...this.#missing.map(({ name, node }) => this.#missingVariable(name, node)),
      ...this.#servers.flatMap(({ name, node, path }) => this.#serverError(name, node, path, servers) ?? []),
    ]
  }

  #missingVariable(name: string, node: Node): BatonError {
    const place = placeOfNode(this.document, node)
    if (!/^[A-Za-z_]\w*$/.test(name)) {
      const message = `expected \${env:NAME} with the name of an environment variable, found '\${env:${name}}'.`
      return new BatonError('BATON_CONFIG_INVALID', message, { place })
    }
    const near = didYouMean(name, Object.keys(this.env))
    const hint = near.hint ?? `export ${name}=… before you start, or write the value here.`
    return new BatonError('BATON_ENV_MISSING', `environment variable '${name}' is not set.`, { place, hint })
  }

  #serverError(name: string, node: Node, path: JsonPath, servers: readonly string[]): BatonError | undefined {
    const place = placeOfNode(this.document, node)
    if (path.at(-1) !== 'baseUrl' && !isEnvironment(path)) {
      const message = `${subject(this.document, path)}: \${server:${name}} is known only in 'baseUrl' and in 'env'.`
      return new BatonError('BATON_CONFIG_INVALID', message, { place })
    }
    if (servers.includes(name)) return undefined
    const known = servers.length > 0 ? `known: ${servers.join(', ')}` : "there are no 'servers'"
    const message = `${subject(this.document, path)}: no server is named '${name}' (${known}).`
    return new BatonError('BATON_CONFIG_INVALID', message, { place, ...didYouMean(name, servers) })
  }
}

/** `env` of the whole, or of a suite of a plan; a server's own `env` is set before any server has a URL. */
function isEnvironment([first, index, key]: JsonPath): boolean {
  return first === 'env' || (first === 'suites' && typeof index === 'number' && key === 'env')
}
