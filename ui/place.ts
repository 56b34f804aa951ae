// Where the reader is: the page in the address bar, below the path the gateway serves the UI under.
import { computed, signal } from '@preact/signals'

/** The path the UI lives under, with a slash at its end. */
export const base = new URL('.', document.baseURI).pathname

const read = () => ({
  path: location.pathname.startsWith(base) ? location.pathname.slice(base.length).replace(/\/+$/, '') : '',
  query: new URLSearchParams(location.search),
})

/** The page and its query, as they are now. */
export const place = signal(read())
addEventListener('popstate', () => (place.value = read()))

/** The name of the page that is shown. */
export const pageName = computed(() => place.value.path.split('/')[0] || 'dashboard')

/** The address of a page. */
export function hrefOf(page: string, query: Readonly<Record<string, string | undefined>> = {}): string {
  const given = Object.entries(query).flatMap(([k, v]) => (v === undefined || v === '' ? [] : [[k, v] as const]))
  const search = new URLSearchParams(given.map(([k, v]) => [k, v])).toString()
  return `${base}${page === 'dashboard' ? '' : page}${search ? `?${search}` : ''}`
}

/** Goes to a page; `replace` leaves no step back. */
export function go(page: string, query: Readonly<Record<string, string | undefined>> = {}, replace = false): void {
  const to = hrefOf(page, query)
  if (replace) history.replaceState(null, '', to)
  else if (to !== location.pathname + location.search) history.pushState(null, '', to)
  place.value = read()
}

/** Follows a click on a link of ours without loading the page anew. */
export function follow(event: MouseEvent): void {
  const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
  const link = event.target instanceof Element ? event.target.closest('a') : null
  if (!plain || !link || link.target || link.hasAttribute('download') || event.defaultPrevented) return
  const url = new URL(link.href)
  if (url.origin !== location.origin || !url.pathname.startsWith(base)) return
  event.preventDefault()
  history.pushState(null, '', url)
  place.value = read()
}
