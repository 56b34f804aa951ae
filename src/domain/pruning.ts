// How old results of tools are shortened before a model is asked.

/** When and how old tool results are shortened. Sizes in characters, ratios are shares of the model's window. */
export interface PruneRule {
  /** How long the provider remembers what it was shown, in ms. */
  readonly ttlMs: number
  /** So many last answers of the model keep the results that came after them. */
  readonly keepLastAssistants: number
  readonly softTrimRatio: number
  readonly hardClearRatio: number
  /** Results are only cleared when there is so much of them. */
  readonly minPrunableToolChars: number
  readonly tools: { readonly allow?: readonly string[] | undefined; readonly deny?: readonly string[] | undefined }
  readonly softTrim: { readonly maxChars: number; readonly headChars: number; readonly tailChars: number }
  readonly hardClear: { readonly enabled: boolean; readonly placeholder: string }
}
