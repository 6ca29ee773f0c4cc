// The brand's own web site, on another origin than Throughline.

import { createServer } from 'node:http'

export class Site {
  /** Paths and what they answer: a text, or `{ type, body }`. */
  pages = new Map()

  static async start(t) {
    const site = new Site()
    t.after(() => site.stop())
    site.server = createServer((request, response) => {
      const page = site.pages.get(new URL(request.url, 'http://site').pathname)
      if (page === undefined) return response.writeHead(404).end()
      const { type, body } = typeof page === 'string' ? { type: 'text/html; charset=utf-8', body: page } : page
      response.writeHead(200, { 'content-type': type }).end(body)
    })
    await new Promise((resolve) => site.server.listen(0, '127.0.0.1', resolve))
    site.url = `http://127.0.0.1:${site.server.address().port}`
    return site
  }

  /** A page with the snippet and the chat widget, embedded as the documentation says. */
  putShop(path, server, siteKey, chatKey) {
    this.pages.set(
      path,
      `<!doctype html><html lang="en"><meta charset="utf-8"><title>Harbour Living</title>
       <link rel="icon" href="data:,">
       <script src="${server}/sdk/throughline.js" data-write-key="${siteKey}" defer></script>
       <script src="${server}/sdk/throughline-chat.js" defer></script>
       <h1>Harbour Living</h1>
       <throughline-chat write-key="${chatKey}"></throughline-chat></html>`,
    )
  }

  stop() {
    this.server.closeAllConnections()
    return new Promise((resolve) => this.server.close(resolve))
  }
}
