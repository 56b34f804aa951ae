// A table that becomes a list of cards where the screen is narrow.
import type { ComponentChildren } from 'preact'
import { t } from '../words.ts'

/** A column: its heading, and what it shows of a row. */
export interface Column<T> {
  readonly name: string
  readonly class?: 'num' | 'fit' | 'main'
  show(row: T): ComponentChildren
}

interface TableProps<T> {
  readonly label: string
  readonly columns: readonly Column<T>[]
  readonly rows: readonly T[]
  keyOf(row: T): string
}

/** Shows rows under headings. A column without a name holds what can be done with a row. */
export const Table = <T,>({ label, columns, rows, keyOf }: TableProps<T>) => (
  <div class="scroll">
    <table class="cards" aria-label={label}>
      <thead>
        <tr>
          {columns.map((c) => (
            <th key={c.name} scope="col" class={c.class}>
              {c.name || <span class="sr">{t('table.actions')}</span>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map((c) => (
              <td key={c.name} class={c.class} data-name={c.name || undefined}>
                <div>{c.show(row)}</div>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
)
