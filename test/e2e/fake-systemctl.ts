// A service manager for tests: does what systemd does with a unit of a user, by reading the unit itself.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Puts a `systemctl` and a `loginctl` into `<home>/bin`; answers that folder. */
export function fakeSystemctl(home: string): string {
  const bin = join(home, 'bin')
  mkdirSync(bin, { recursive: true })
  const script = `#!/bin/bash
# The unit is read like systemd reads it: ExecStart and Environment lines; quotes are not used in these tests.
[ "$1" = --user ] && shift
dir=$HOME/.config/systemd/user; state=$HOME/units; mkdir -p "$state"
echo "$*" >> "$state/calls"
verb=$1; shift
unit=$1; [ "$unit" = --now ] && unit=$2
pid() { cat "$state/pid" 2>/dev/null; }
up() { [ -n "$(pid)" ] && kill -0 "$(pid)" 2>/dev/null; }
halt() { up && { kill -TERM "$(pid)"; while up; do sleep 0.02; done; }; rm -f "$state/pid"; }
launch() {
  [ -f "$dir/$unit" ] || { echo "Unit $unit not found." >&2; exit 5; }
  mapfile -t env < <(sed -n 's/^Environment=//p' "$dir/$unit" | tr -d '"')
  exec_line=$(sed -n 's/^ExecStart=//p' "$dir/$unit")
  setsid env -i "\${env[@]}" $exec_line >/dev/null 2>"$state/err" </dev/null &
  echo $! > "$state/pid"
  # whoever called us ends our process group: wait until the program has left it
  while up && [ "$(cut -d' ' -f6 /proc/$(pid)/stat 2>/dev/null)" != "$(pid)" ]; do sleep 0.01; done
}
case $verb in
show-environment|daemon-reload) ;;
enable) touch "$state/enabled" ;;
start) up || launch ;;
restart) halt; launch ;;
stop) halt ;;
disable) halt; rm -f "$state/enabled" ;;
show) up && echo ActiveState=active || echo ActiveState=inactive
  echo "MainPID=$(up && pid || echo 0)"
  [ -f "$state/enabled" ] && echo UnitFileState=enabled || echo UnitFileState=disabled ;;
*) echo "unknown verb $verb" >&2; exit 1 ;;
esac
`
  writeFileSync(join(bin, 'systemctl'), script)
  writeFileSync(join(bin, 'loginctl'), '#!/bin/sh\n[ "$1" = show-user ] && echo Linger=yes\nexit 0\n')
  for (const name of ['systemctl', 'loginctl']) chmodSync(join(bin, name), 0o755)
  return bin
}
