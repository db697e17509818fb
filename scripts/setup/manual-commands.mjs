// Commands to type if setup can't install by itself. Chrome for Testing has a ChromeDriver for each version of Chrome.
const chromedriverOf = version =>
  `npx --yes @puppeteer/browsers install chromedriver@${version} --path "$HOME/.local/share/chromedriver" --format "{{path}}"`
const majorOf = program => `"$(${program} --version | grep -oE '[0-9]+' | head -n 1)"`

const ubuntu = {
  redis: ['sudo apt-get update && sudo apt-get install -y --no-install-recommends redis-server'],
  browser: [
    'curl -fsSLo /tmp/google-chrome.deb https://dl.google.com/linux/direct/google-chrome-stable_current_amd64.deb',
    'sudo apt-get update && sudo apt-get install -y /tmp/google-chrome.deb',
  ],
  adb: ['sudo apt-get update && sudo apt-get install -y --no-install-recommends adb'],
  driver: [`sudo ln -sf "$(${chromedriverOf(majorOf('google-chrome'))})" /usr/local/bin/chromedriver`],
}

const macos = {
  redis: ['brew install redis'],
  browser: ['brew install --cask google-chrome'],
  adb: ['brew install --cask android-platform-tools'],
  driver: [
    `ln -sf "$(${chromedriverOf(majorOf('"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"'))})" "$(brew --prefix)/bin/chromedriver"`,
  ],
}

/**
 * @param {import('./plan.mjs').Tool[]} missing
 * @param {Pick<import('./plan.mjs').System, 'platform' | 'ubuntu'>} system
 * @returns {string[]} lines, commands indented
 */
export function manualCommands(missing, system) {
  const commands = system.platform === 'darwin' ? macos : system.ubuntu ? ubuntu : undefined
  if (!commands) return elsewhere(missing)
  const lines = missing.flatMap(tool => commands[tool]).map(line => `  ${line}`)
  if (system.platform === 'darwin') return ['  (Homebrew is at https://brew.sh)', ...lines]
  return missing.includes('browser')
    ? ["  (Ubuntu's chromium is a snap, which can't use a separate profile)", ...lines]
    : lines
}

const names = {
  redis: 'redis-server',
  browser: 'one of chromium, chromium-browser, google-chrome, google-chrome-stable',
  driver: 'chromedriver (of the same version as the browser)',
  adb: 'adb',
}

function elsewhere(missing) {
  return [
    '  Fedora:   sudo dnf install -y redis chromium chromedriver',
    '  openSUSE: sudo zypper install -y redis chromium chromedriver',
    '  Alpine:   sudo apk add redis chromium chromium-chromedriver',
    `On other systems, put this on the PATH: ${missing.map(tool => names[tool]).join('; ')}.`,
  ]
}
