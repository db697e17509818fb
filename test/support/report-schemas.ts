import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { validate } from 'ctrf'
import { validateXML } from 'xmllint-wasm'
import { packageFile } from '../../src/process/package-root.js'
import { runJsonSchema } from '../../src/report/run-json-schema.js'

const published = new Ajv({ strict: false }).compile(
  JSON.parse(readFileSync(packageFile('run.schema.json'), 'utf8')) as object,
)
/** Also refuses fields that the schema doesn't name. */
const strict = new Ajv({ strict: false }).compile(runJsonSchema(true))
const junitSchema = readFileSync(packageFile('test', 'support', 'jenkins-junit.xsd'), 'utf8')

/** @returns the errors in a run.json; empty if it follows the published schema exactly */
export function faultsOfRunJson(text: string): string[] {
  const value: unknown = JSON.parse(text)
  return [published, strict].flatMap(validate =>
    validate(value) ? [] : (validate.errors ?? []).map(error => `${error.instancePath} ${error.message}`),
  )
}

/** @returns the errors in a report of the Common Test Report Format, found by its own validator; empty if it is valid */
export function faultsOfCtrf(text: string): string[] {
  const { errors } = validate(JSON.parse(text))
  return errors.map(({ path, message }) => `${path} ${message}`)
}

/** @returns the errors in a junit.xml; empty if Jenkins accepts it */
export async function faultsOfJunit(text: string): Promise<string[]> {
  const { errors } = await validateXML({
    xml: { fileName: 'junit.xml', contents: text },
    schema: { fileName: 'jenkins-junit.xsd', contents: junitSchema },
    maxMemoryPages: 16_384,
    // without it libxml2 refuses texts of more than 10 MB, which is no matter of the schema
    modifyArguments: args => ['--huge', ...args],
  })
  return errors.map(({ rawMessage }) => rawMessage)
}
