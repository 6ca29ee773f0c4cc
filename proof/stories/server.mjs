// The real binary in folders and on ports of its own: started, killed, started again, asked.

import { execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { throughline } from './binary.mjs'
import { until } from './wait.mjs'

export const REPLY_DOMAIN = 'mail.harbour-living.example'
const run = promisify(execFile)

/** The environment without settings of the server: it is told everything by its file. */
const ENVIRONMENT = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('THROUGHLINE_')))

/** A free port, as good as taken: nobody else asks the system for it so soon. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}

export class Server {
  log = ''
  tokens = {}
  child = undefined
  /** Who kills it at random moments; see `kills.mjs`. */
  killer = undefined
  /** When its processes were started. */
  births = []
  #turn = Promise.resolve()

  /** Writes a configuration; `smtp` is a port, `webhooks` and `channels` are `{ name, url, secret }`, `sms` are settings, `letters` is a folder. Goes away after the test `t`. */
  static async make(t, { workspaces = ['main'], smtp, webhooks = [], chatPage, sms, channels = [], letters } = {}) {
    const server = new Server()
    t.after(() => server.remove())
    server.folder = mkdtempSync(join(tmpdir(), 'throughline-story-'))
    server.data = join(server.folder, 'data')
    server.keys = join(server.folder, 'keys')
    server.port = await freePort()
    server.lmtp = await freePort()
    server.url = `http://127.0.0.1:${server.port}`
    server.workspaces = workspaces
    server.config = join(server.folder, 'throughline.toml')
    writeFileSync(server.config, server.toml({ smtp, webhooks, chatPage, sms, channels, letters }))
    return server
  }

  toml({ smtp, webhooks, chatPage, sms, channels, letters }) {
    const text = (value) => JSON.stringify(value)
    const lines = [
      `listen = ${text(`127.0.0.1:${this.port}`)}`,
      `data = ${text(this.data)}`,
      `keys = ${text(this.keys)}`,
      `workspaces = ${text(this.workspaces)}`,
      ...(chatPage ? [`chat_page = ${text(chatPage)}`] : []),
      '[lmtp]',
      `listen = ${text(`127.0.0.1:${this.lmtp}`)}`,
      `host_name = ${text(REPLY_DOMAIN)}`,
    ]
    if (sms) {
      lines.push('[sms]', 'host = "127.0.0.1"', 'system_id = "harbour"', 'password = "secret"', 'source = "+447700900123"')
      lines.push(...Object.entries(sms).map(([name, value]) => `${name} = ${text(value)}`))
    }
    if (letters) {
      lines.push('[letters]', `folder = ${text(letters)}`, 'sender = ["Harbour Living", "Kai 1", "20457 Hamburg"]')
    }
    for (const { name, url, secret } of channels) {
      lines.push('[[channels]]', `name = ${text(name)}`, `url = ${text(url)}`)
      lines.push(`secret = ${text(secret)}`, 'allow_private = true')
    }
    if (smtp) {
      lines.push('[email]', 'host = "127.0.0.1"', `port = ${smtp}`, 'tls = "none"')
      lines.push('from = "Harbour Living <hello@harbour-living.example>"', `reply_domain = ${text(REPLY_DOMAIN)}`)
    }
    for (const { name, url, secret } of webhooks) {
      lines.push('[[webhooks]]', `name = ${text(name)}`, `url = ${text(url)}`)
      lines.push(`secret = ${text(secret)}`, 'allow_private = true')
    }
    return `${lines.join('\n')}\n`
  }

  /** Starts the process and returns at once. */
  spawn() {
    this.births.push(Date.now())
    const child = spawn(throughline(), ['--config', this.config, 'serve'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: ENVIRONMENT,
    })
    this.child = child
    child.ended = new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal })))
    const hear = (bytes) => {
      this.log += bytes
      for (const [, workspace, token] of this.log.matchAll(/token of workspace `([^`]+)`, shown once: (\S+)\n/g)) {
        this.tokens[workspace] = token
      }
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
  }

  /** Starts the process and waits until it answers. */
  async start() {
    this.spawn()
    await this.ready()
    return this
  }

  async ready(withinMs = 30_000) {
    const { child } = this
    let gone
    void child.ended.then((how) => {
      gone = how
    })
    await until(`the server on port ${this.port} answers`, async () => {
      if (gone) return true
      const answers = (await fetch(`${this.url}/readyz`)).ok
      return answers && this.workspaces.every((workspace) => this.tokens[workspace])
    }, withinMs)
    if (gone) throw new Error(`the server ended by itself (${JSON.stringify(gone)}):\n${this.log.slice(-2_000)}`)
  }

  /** `kill -9`. */
  async kill() {
    this.child.kill('SIGKILL')
    const how = await this.child.ended
    if (how.signal !== 'SIGKILL') {
      throw new Error(`the server had ended before it was killed (${JSON.stringify(how)}):\n${this.log.slice(-2_000)}`)
    }
  }

  /** Runs `act` while nobody else does: the server is killed before or after, but not meanwhile. */
  alone(act) {
    const done = this.#turn.then(act)
    this.#turn = done.catch(() => undefined)
    return done
  }

  /** Runs `act` on a server that lives and is not killed meanwhile. */
  spared(act) {
    return this.alone(async () => {
      await this.ready()
      return act()
    })
  }

  /** Asks it to stop and waits until it has. */
  async stop() {
    await this.killer?.end()
    if (!this.child || this.child.exitCode !== null || this.child.signalCode !== null) return
    this.child.kill('SIGTERM')
    await this.child.ended
  }

  async remove() {
    if (this.child) {
      this.child.kill('SIGKILL')
      await this.child.ended
    }
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** Runs a command of the binary on the same configuration; fails when it fails. */
  async command(...args) {
    try {
      const { stdout } = await run(throughline(), ['--config', this.config, ...args], {
        maxBuffer: 1 << 24,
        env: ENVIRONMENT,
      })
      return stdout
    } catch (error) {
      throw new Error(`\`throughline ${args.join(' ')}\` failed:\n${error.stdout}\n${error.stderr}`)
    }
  }

  /** Calls the management API; fails on any other answer than a good one. */
  async api(path, { method, body, workspace = 'main' } = {}) {
    const { response, text, again } = await this.insist(path, { method, body, workspace })
    // The answer to the first call was lost with the server, which had done what it was asked.
    if (again && response.status === 409) return JSON.parse(text)
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`)
    return JSON.parse(text)
  }

  /** Asks as often as it takes while the server is killed now and then; returns whatever it answers. */
  async insist(path, request) {
    for (let again = false; ; again = true) {
      try {
        const response = await this.ask(path, request)
        return { response, text: await response.text(), again }
      } catch (error) {
        if (!this.killer) throw error
        await until(`the server on port ${this.port} answers`, async () => (await fetch(`${this.url}/readyz`)).ok, 30_000)
      }
    }
  }

  /** Calls the management API and returns whatever it answers. */
  async ask(path, { method, body, workspace = 'main', signal } = {}) {
    const asked = fetch(`${this.url}${path}`, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: { authorization: `Bearer ${this.tokens[workspace]}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    })
    return asked.catch((error) => {
      const log = this.log.slice(-1_000)
      throw new Error(`${path} was not answered: ${error.cause?.message ?? error.message}; the server said:\n${log}`)
    })
  }

  /** Makes a source and returns its write key. */
  async source(name, channel, workspace = 'main') {
    const made = await this.api('/api/v1/sources', { body: { name, channel }, workspace })
    return made.write_key
  }

  publish(folder, workspace = 'main') {
    return this.spared(() => this.command('publish', folder, '--server', this.url, '--token', this.tokens[workspace]))
  }

  /** Sends a body to a way in, such as `/v1/batch`. */
  send(path, writeKey, body) {
    return fetch(`${this.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${writeKey}:`)}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  }

  /** Sends an event until it is taken; the same again is taken once. */
  track(writeKey, event) {
    const body = { messageId: randomUUID(), timestamp: new Date().toISOString(), type: 'track', ...event }
    return until(`${event.event ?? body.type} is taken`, async () => (await this.send('/v1/batch', writeKey, { batch: [body] })).ok)
  }

  /** The customer of exactly this identifier, once there is one. */
  customer(value, workspace = 'main') {
    return until(`a customer ${value}`, async () => {
      const { items } = await this.api(`/api/v1/customers?q=${encodeURIComponent(value)}`, { workspace })
      return items.find((item) => item.identifiers.some((own) => own.value === value))
    })
  }

  /** Every item of a customer's thread, oldest first. */
  async thread(id, workspace = 'main') {
    const items = []
    let cursor = ''
    do {
      const page = await this.api(`/api/v1/customers/${id}/thread?limit=200${cursor}`, { workspace })
      items.push(...page.items)
      cursor = page.next && `&cursor=${encodeURIComponent(page.next)}`
    } while (cursor)
    return items.reverse()
  }
}
