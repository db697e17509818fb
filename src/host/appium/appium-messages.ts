/** What the Appium child process says to its host over Node's IPC channel. */
export type AppiumMessage = { type: 'listening'; port: number } | { type: 'failed'; message: string }
