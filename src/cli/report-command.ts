export async function reportCommand(directory: string): Promise<number> {
  return directory ? 0 : 1
}
