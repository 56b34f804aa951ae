// The little of Node's `ws` that the examples use; Bun brings the module itself.
declare module 'ws' {
  export default class Socket {
    constructor(url: string)
    on(event: 'open', heard: () => void): void
    on(event: 'message', heard: (text: unknown) => void): void
    send(text: string): void
    close(): void
  }
}
