// Builds the two files that a page includes. No plugins, no configuration beyond this.
import { build } from 'esbuild'

const shared = {
  bundle: true,
  minify: true,
  sourcemap: true,
  format: 'iife',
  target: ['chrome100', 'firefox102', 'safari15.4'],
  legalComments: 'none',
  logLevel: 'info',
}

await build({ ...shared, entryPoints: ['src/chat.ts'], outfile: 'dist/throughline-chat.js' })
await build({ ...shared, entryPoints: ['src/snippet.ts'], outfile: 'dist/throughline.js' })
