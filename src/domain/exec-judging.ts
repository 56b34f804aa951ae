// What can be judged of a command: whether a person sees all of it, and whether a program is a way to run any other.

/** Longest text that can be shown and judged. */
const maxShown = 8192

/**
 * Characters that make shown text differ from what is run: controls but for tab and line feed, what has no width or
 * turns the direction, what is no character at all, blanks other than the space. And the fence by which chats show code.
 */
const deceptive =
  /(?![\t\n])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}|[\u2800\u115f\u1160\u3164\uffa0]|```/u

/** Whether a person can see what a text would do. */
export const showable = (text: string): boolean => text.length <= maxShown && !deceptive.test(text)

/** Programs that run what they are told, by a flag, a script, a hook or a file of settings: to list one is to list all. */
const runners = new Set(
  [
    'sh bash dash zsh ksh mksh csh tcsh fish rbash ash busybox toybox pwsh nu',
    'env xargs sudo doas su runuser nohup timeout nice ionice chrt taskset setsid setarch stdbuf script time watch flock',
    'unshare nsenter chroot setpriv capsh prlimit strace ltrace gdb perf valgrind parallel entr expect unbuffer screen tmux',
    'python python2 python3 pypy pypy3 perl ruby node nodejs bun bunx deno php lua luajit tclsh wish guile sbcl java jshell',
    'groovy scala kotlin Rscript R julia octave ghci erl elixir iex awk gawk mawk nawk sed ed ex vi vim nvim view rvim emacs',
    'nano pico less more most man info find fd fdfind tar bsdtar cpio zip unzip ar rsync scp sftp ssh sshpass ssh-keygen mosh',
    'git hg svn cvs make gmake cmake ninja just npm npx pnpm yarn pip pip3 pipx uv uvx poetry cargo go gem bundle composer',
    'docker podman nerdctl kubectl helm ansible ansible-playbook terraform vagrant systemctl systemd-run at batch crontab',
    'sort split tee dd cp mv ln install curl wget nc ncat netcat socat telnet ftp lftp openssl gpg sqlite3 psql mysql redis-cli',
    'yq rg ag ack apt apt-get dpkg rpm dnf yum snap flatpak brew gcc g++ cc c++ clang ld ldd as rustc tsc',
    'dbus-send gdbus busctl xdg-open open osascript launchctl mail mailx sendmail exim mutt whois dig dmesg ip tcpdump nmap',
    'pkexec start-stop-daemon run-parts logrotate update-alternatives readelf zsoelim eqn troff groff pg pager',
  ]
    .join(' ')
    .split(' '),
)

/** Whether an absolute path is that of a program which is a way to run any other, whatever version stands in its name. */
export function runsOthers(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.exe$/i, '')
  return runners.has(name) || runners.has(name.replace(/[-.]?\d[\d.]*$/, '')) || /^ld(-linux.*|-musl.*)?\.so/.test(name)
}
