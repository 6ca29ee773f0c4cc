import { describe, expect, it } from 'vitest'
import { Connection, type View } from '../src/connection.ts'
import { FakeServer, FakeWorld, seeded } from './world.ts'

function texts(view: View): string[] {
  return view.lines.map((line) => (line.state === 'sent' ? line.text : `${line.text} (${line.state})`))
}

function connected(world = new FakeWorld()): { world: FakeWorld; connection: Connection } {
  const connection = new Connection(world, () => undefined)
  connection.start()
  world.socket.onOpen()
  world.socket.receive({ welcome: { session: 's1', token: 't1', missed: [] } })
  return { world, connection }
}

describe('a connection', () => {
  it('says who it is and shows what it missed', () => {
    const world = new FakeWorld()
    world.lasting.setItem('tl_chat_token', 'old')
    const connection = new Connection(world, () => undefined, { anonymousId: 'a1', continues: 'c1' })
    connection.start()
    world.socket.onOpen()
    expect(world.socket.sent).toEqual([{ hello: { last_seen: 0, token: 'old', anonymous_id: 'a1', continue: 'c1' } }])
    const server = new FakeServer()
    server.write('bot', 'hello')
    server.hello(world.socket, 0)
    expect(texts(connection.view())).toEqual(['hello'])
    expect(world.lasting.getItem('tl_chat_token')).toBe('t1')

    world.socket.drop()
    world.pass(1_000)
    world.socket.onOpen()
    expect(world.socket.sent).toEqual([{ hello: { last_seen: 1, token: 't1', anonymous_id: 'a1' } }])
  })

  it('keeps what is written offline, also over a reload, and sends it in order', () => {
    const world = new FakeWorld()
    const before = new Connection(world, () => undefined)
    before.start()
    before.say('one')
    before.say('two')
    before.stop()

    const { connection } = connected(world)
    expect(texts(connection.view())).toEqual(['one (sending)', 'two (sending)'])
    expect(world.socket.sent.at(-1)).toEqual({ say: { id: 'id-1', text: 'one' } })
    world.socket.receive({ ack: { id: 'id-1' } })
    expect(world.socket.sent.at(-1)).toEqual({ say: { id: 'id-2', text: 'two' } })
    world.socket.receive({ ack: { id: 'id-2' } })
    expect(texts(connection.view())).toEqual(['one', 'two'])
    expect(world.passing.kept.size).toBe(0)
  })

  it('sends again what was not acknowledged, under the same id', () => {
    const { world, connection } = connected()
    connection.say('one')
    world.socket.drop()
    expect(connection.view().connected).toBe(false)
    world.pass(1_000)
    world.socket.onOpen()
    world.socket.receive({ welcome: { session: 's1', token: 't1', missed: [] } })
    expect(world.socket.sent.at(-1)).toEqual({ say: { id: 'id-1', text: 'one' } })
  })

  it('takes its own message in the thread for an acknowledgement', () => {
    const { world, connection } = connected()
    connection.say('one')
    const server = new FakeServer()
    server.say('id-1', 'one')
    world.socket.drop()
    world.pass(1_000)
    world.socket.onOpen()
    server.hello(world.socket, 0)
    expect(world.socket.sent.filter((frame) => 'say' in frame)).toEqual([])
    expect(texts(connection.view())).toEqual(['one', 're one'])
  })

  it('shows a message once, however often it comes', () => {
    const { world, connection } = connected()
    const message = { number: 1, from: 'bot', text: 'hello', time: '' }
    world.socket.receive({ message })
    world.socket.receive({ message })
    world.socket.drop()
    world.pass(1_000)
    world.socket.onOpen()
    world.socket.receive({ welcome: { session: 's1', token: 't1', missed: [message] } })
    expect(texts(connection.view())).toEqual(['hello'])
  })

  it('waits longer after each failure, with jitter, and not longer than half a minute', () => {
    const world = new FakeWorld()
    world.random = () => 1
    const connection = new Connection(world, () => undefined)
    connection.start()
    const waits: number[] = []
    for (let failure = 0; failure < 9; failure += 1) {
      world.socket.drop()
      const before = world.now
      const sockets = world.sockets.length
      while (world.sockets.length === sockets) world.pass(10)
      waits.push(world.now - before)
    }
    expect(waits).toEqual([750, 1_250, 2_250, 4_250, 8_250, 16_250, 30_250, 30_250, 30_250])
    world.random = () => 0
    world.socket.drop()
    world.pass(250)
    expect(world.sockets.length).toBe(11)
  })

  it('comes back at once when the network does', () => {
    const { world, connection } = connected()
    world.socket.drop()
    connection.wake()
    expect(world.sockets.length).toBe(2)
    world.pass(60_000 - 1)
    expect(world.sockets.length).toBe(2)
  })

  it('answers the server and notices when it has gone silent', () => {
    const { world } = connected()
    world.pass(50_000)
    world.socket.receive({ alive: {} })
    expect(world.socket.sent.at(-1)).toEqual({ alive: {} })
    world.pass(59_000)
    expect(world.sockets.length).toBe(1)
    world.pass(2_000)
    expect(world.sockets.length).toBe(2)
    expect(world.sockets[0]?.closed).toBe(true)
  })

  it('tries later what the server asks to be tried later, and gives up what it refuses', () => {
    const { world, connection } = connected()
    connection.say('one')
    connection.say('two')
    world.socket.receive({ error: { code: 'later', id: 'id-1', text: '' } })
    expect(world.socket.sent.length).toBe(2)
    world.pass(2_000)
    expect(world.socket.sent.at(-1)).toEqual({ say: { id: 'id-1', text: 'one' } })
    world.socket.receive({ error: { code: 'invalid', id: 'id-1', text: 'no' } })
    expect(world.socket.sent.at(-1)).toEqual({ say: { id: 'id-2', text: 'two' } })
    expect(texts(connection.view())).toEqual(['one (failed)', 'two (sending)'])
  })

  it('begins anew when the server does not know it any more', () => {
    const { world, connection } = connected()
    world.socket.receive({ message: { number: 7, from: 'bot', text: 'old', time: '' } })
    world.socket.drop()
    world.pass(1_000)
    world.socket.onOpen()
    world.socket.receive({ error: { code: 'expired', text: '' } })
    expect(world.lasting.getItem('tl_chat_token')).toBe(null)
    const missed = [{ number: 2, from: 'bot', text: 'new', time: '' }]
    world.socket.receive({ welcome: { session: 's2', token: 't2', missed } })
    expect(texts(connection.view())).toEqual(['new'])
  })

  it('survives storage that throws and frames that mean nothing', () => {
    const world = new FakeWorld()
    const forbidden = () => {
      throw new Error('forbidden')
    }
    world.lasting.getItem = forbidden
    world.lasting.setItem = forbidden
    world.passing.getItem = forbidden
    world.passing.setItem = forbidden
    world.passing.removeItem = forbidden
    const { connection } = connected(world)
    world.socket.onText('{')
    world.socket.receive({ later: {} })
    world.socket.receive([])
    world.socket.receive({ message: { number: 'x' } })
    expect(connection.say('one')).toBe(true)
    expect(connection.say('  ')).toBe(false)
    expect(texts(connection.view())).toEqual(['one (sending)'])
  })
})

describe('over a network that breaks anywhere', () => {
  it.each(Array.from({ length: 300 }, (_, seed) => seed))('loses and repeats nothing (seed %i)', (seed) => {
    const random = seeded(seed)
    const world = new FakeWorld()
    world.random = random
    const server = new FakeServer()
    const connection = new Connection(world, () => undefined)
    connection.start()
    const said: string[] = []
    const answered = new Map<object, number>()

    /** The server reads some of what the newest socket sent; the connection may break at any frame. */
    const serve = (breaks: boolean): void => {
      const { socket } = world
      if (socket.closed) return
      if (!answered.has(socket)) {
        answered.set(socket, 0)
        socket.onOpen()
      }
      for (;;) {
        const place = answered.get(socket) ?? 0
        const frame = socket.sent[place]
        if (!frame || socket.closed) return
        answered.set(socket, place + 1)
        if (breaks && random() < 0.15) return socket.drop()
        if (frame['hello']) server.hello(socket, Number(frame['hello']['last_seen']))
        if (frame['say']) {
          for (const heard of server.say(String(frame['say']['id']), String(frame['say']['text']))) {
            if (breaks && random() < 0.2) return socket.drop()
            socket.receive(heard)
          }
        }
      }
    }

    for (let step = 0; step < 60; step += 1) {
      const dice = random()
      if (dice < 0.3) {
        said.push(`m${step}`)
        connection.say(`m${step}`)
      } else if (dice < 0.4) {
        const message = server.write('agent', `a${step}`)
        if (connection.view().connected) world.socket.receive({ message })
      } else if (dice < 0.5) {
        world.socket.drop()
      } else {
        serve(true)
      }
      world.pass(Math.floor(random() * 2_000))
    }
    for (let step = 0; step < 20; step += 1) {
      serve(false)
      world.pass(31_000)
    }
    serve(false)

    expect(server.thread.filter((message) => message.from === 'customer').map((message) => message.text)).toEqual(said)
    expect(texts(connection.view())).toEqual(server.thread.map((message) => message.text))
  })
})
