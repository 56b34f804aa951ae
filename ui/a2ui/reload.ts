// Loads a page of the canvas anew when a file of it has changed; put into each page where it is served.
import { later } from '../../src/lib/clock.ts'

/** Time between two attempts to listen, in ms. */
const againMs = 2000

const own = new URL((document.currentScript as HTMLScriptElement).src)
const url = new URL(`../ws${own.search}`, own)
url.protocol = url.protocol.replace('http', 'ws')

function listen() {
  const socket = new WebSocket(url)
  socket.addEventListener('message', (e) => {
    if (e.data === 'reload') location.reload()
  })
  socket.addEventListener('close', () => later(againMs, listen))
}

listen()
