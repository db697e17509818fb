import path from 'node:path'

const contentTypes: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.html': 'text/html',
  '.xml': 'application/xml',
  '.mp4': 'video/mp4',
  '.ndjson': 'application/x-ndjson',
}

/** The media type of an artifact, by the name of its file. */
export function contentTypeOf(file: string): string {
  return contentTypes[path.extname(file)] ?? 'text/plain'
}
