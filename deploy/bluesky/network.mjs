// A real Bluesky network in one process: two personal data servers, the AppView and the PLC directory.
//
//     MOWJ_BLUESKY_POSTGRES=postgresql://… node network.mjs PORT
//
// It answers on PORT once everything is up: GET / says as JSON where each part is, and what a test may break. `pds` has
// no rate limits; `limited` is a second data server that has Bluesky's own. What it keeps in memory ends with the
// process, so every start is a network of its own, in a schema of its own.
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { TestNetwork, TestPds } from '@atproto/dev-env'

const port = Number(process.argv[2])
const postgres = process.env.MOWJ_BLUESKY_POSTGRES
// A schema's name holds letters alone.
const letters = [...randomBytes(12)].map((byte) => String.fromCharCode(97 + (byte % 26)))
const schema = `bluesky_${letters.join('')}`
process.env.DB_POSTGRES_URL = postgres
// The development network asks for its name and never connects to it.
process.env.REDIS_HOST = '127.0.0.1:1'
process.env.LOG_ENABLED ??= 'false'

const network = await TestNetwork.create({
  dbPostgresUrl: postgres,
  dbPostgresSchema: schema,
  pds: { hostname: 'localhost' },
  bsky: { dbPostgresUrl: postgres, dbPostgresSchema: schema },
})
const limited = await TestPds.create({
  didPlcUrl: network.plc.url,
  hostname: 'localhost',
  rateLimitsEnabled: true,
})
const said = JSON.stringify({
  pds: network.pds.url,
  limited: limited.url,
  appview: network.bsky.url,
  plc: network.plc.url,
  admin_password: 'admin-pass',
})
const door = createServer((_, answer) => {
  answer.setHeader('content-type', 'application/json')
  answer.end(said)
})
door.listen(port, '127.0.0.1')

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => process.exit(0))
}
