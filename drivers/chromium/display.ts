/**
 * Whether a browser with a window could open here. Only Linux has machines without a display.
 * @returns what is missing and what to do; undefined if there is a display
 */
export function displayProblem(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): { found: string; fix: string } | undefined {
  if (platform !== 'linux' || env['DISPLAY'] || env['WAYLAND_DISPLAY']) return undefined
  return {
    found: 'none: DISPLAY and WAYLAND_DISPLAY are not set',
    fix: 'remove "headless": false, or start Baton under a virtual display: xvfb-run npx baton run …',
  }
}
