// Which variables programs may be given by those who do not own the machine.

/** Variables that decide what is run rather than how. */
const dangerous =
  /^(PATH|HOME|SHELL|IFS|ENV|BASH_ENV|PROMPT_COMMAND|PS4|CDPATH|GLOBIGNORE|PYTHON(PATH|HOME|STARTUP|INSPECT)|PERL5?(LIB|OPT|5LIB|5OPT)|RUBY(LIB|OPT)|NODE_(OPTIONS|PATH)|JAVA_TOOL_OPTIONS|GIT_\w*(COMMAND|ASKPASS|EXEC_PATH|PROXY)|SSH_ASKPASS|EDITOR|VISUAL|PAGER|BROWSER|LD_\w+|DYLD_\w+|OPENCLAW_\w+|OCLAW_\w+|BUN_\w+|MALLOC_\w+|GLIBC_\w+|GCONV_PATH)$/i

/** Whether a skill or a call may give a program a variable of this name. */
export const harmlessEnv = (name: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !dangerous.test(name)
