// How models are named: `provider/model`, and with the login they are to be asked with, `provider/model@login`.

/** The model and the login of a reference; logins are written `provider:name`. */
export function splitLogin(ref: string): readonly [model: string, login: string | undefined] {
  const m = /^(.*[^/])@([\w.-]+:[\w.@+-]+)$/.exec(ref.trim())
  return m ? [m[1] as string, m[2]] : [ref, undefined]
}

/** A model with the login that `wanted` names, if it names one. */
export function withLogin(model: string, wanted: string): string {
  const [, login] = splitLogin(wanted)
  return login === undefined ? model : `${model}@${login}`
}
