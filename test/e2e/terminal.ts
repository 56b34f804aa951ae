// A person at a terminal: types into a program under tmux, and reads the screen.
import { until } from './program.ts'

/** A program in a terminal of 110 by 50; its screens are what a person would see. */
export function terminal(command: readonly string[], cwd: string, env: Readonly<Record<string, string>>) {
  const socket = `oclaw-${process.pid}-${crypto.randomUUID().slice(0, 8)}`
  const tmux = (...args: string[]) =>
    Bun.spawnSync(['tmux', '-L', socket, '-f', '/dev/null', ...args], {
      env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' },
    })
  const pairs = Object.entries(env).flatMap(([k, v]) => ['-e', `${k}=${v}`])
  const quoted = command.map((c) => `'${c}'`).join(' ')
  tmux('new-session', '-d', '-x', '110', '-y', '50', '-c', cwd, ...pairs, `${quoted}; echo "ended with $?"; sleep 1000`)
  const screen = () => tmux('capture-pane', '-p', '-S', '-500').stdout.toString()
  return {
    screen,
    /** Waits until a text is on the screen. */
    async shows(text: string | RegExp): Promise<string> {
      const has = () => (typeof text === 'string' ? screen().includes(text) : text.test(screen()))
      await until(`"${String(text)}" on the screen:\n${screen()}`, has).catch((error: unknown) => {
        throw new Error(`${String(error)}\nnow:\n${screen()}`, { cause: error })
      })
      return screen()
    },
    /** Types keys by their tmux names, such as `Enter` and `Down`. */
    press: (...keys: string[]) => void tmux('send-keys', ...keys),
    /** Types a text as it is. */
    type: (text: string) => void tmux('send-keys', '-l', text),
    [Symbol.dispose]: () => void tmux('kill-server'),
  }
}
