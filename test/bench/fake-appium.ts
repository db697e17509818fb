import { fakeDriver } from '../../drivers/fake/fake-driver.js'
import { startAppiumServer, type AppiumServer } from '../../src/host/appium/appium-server.js'

/** Starts an Appium server for fake devices. @param logFile - all its output is appended there */
export async function startFakeAppium(logFile: string): Promise<AppiumServer> {
  const starting = await startAppiumServer({
    driverPackages: [fakeDriver.appiumDriver.package],
    logFile,
    env: process.env,
  })
  return starting.listening
}
