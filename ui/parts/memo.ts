// A component that is drawn again only when what it is given has changed.
import { Component, h, type ComponentType, type FunctionComponent } from 'preact'

const same = (a: object, b: object) => {
  const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>]
  return Object.keys(x).length === Object.keys(y).length && Object.keys(x).every((key) => Object.is(x[key], y[key]))
}

/** Makes one of a function; `equal` says whether two sets of props show the same. */
export function memo<P extends object>(
  inner: FunctionComponent<P>,
  equal: (a: P, b: P) => boolean = same,
): ComponentType<P> {
  return class extends Component<P> {
    override shouldComponentUpdate(next: P) {
      return !equal(this.props, next)
    }

    override render() {
      return h(inner, this.props)
    }
  }
}
