/** A module as reports tell it apart: where a run covers every device, a file is there once for each. */
export function moduleName({ file, device }: { file: string; device?: string }): string {
  return device === undefined ? file : `${file} [${device}]`
}
