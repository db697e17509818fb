import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { findProgram } from './tools.mjs'

const aptNames = ['redis-server', 'chromium', 'chromium-driver', 'adb']

/**
 * Finds out how to install programs. It is slow, so it is called only if a program is missing.
 * @returns {import('./plan.mjs').System}
 */
export function inspectSystem({ env, platform, isRoot, isTerminal, osReleaseFile }) {
  const has = name => findProgram(name, env) !== undefined
  const manager =
    platform === 'darwin' && has('brew') ? 'brew' : platform === 'linux' && has('apt-get') ? 'apt' : 'none'
  return {
    manager,
    platform,
    ubuntu: platform === 'linux' && isUbuntu(readOsRelease(osReleaseFile)),
    candidates: manager === 'apt' ? parseCandidates(askApt(env)) : {},
    isRoot,
    hasSudo: has('sudo'),
    isTerminal,
  }
}

/**
 * Whether this is Ubuntu or a distribution based on it.
 * @param {string} osRelease - text of /etc/os-release
 */
export function isUbuntu(osRelease) {
  const words = [...osRelease.matchAll(/^(?:ID|ID_LIKE)="?([^"\n]*)"?$/gm)].flatMap(([, value]) => value.split(/\s+/))
  return words.includes('ubuntu')
}

/**
 * @param {string} policy - output of `apt-cache policy NAME…`
 * @returns {Record<string, string | undefined>} package → version that would be installed
 */
export function parseCandidates(policy) {
  const found = [...policy.matchAll(/^(\S+):\n {2}Installed: .*\n {2}Candidate: (\S+)$/gm)]
  return Object.fromEntries(found.map(([, name, version]) => [name, version === '(none)' ? undefined : version]))
}

function readOsRelease(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function askApt(env) {
  try {
    // Without LC_ALL, the output would be translated.
    return execFileSync('apt-cache', ['policy', ...aptNames], {
      encoding: 'utf8',
      env: { ...env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  } catch {
    return ''
  }
}
