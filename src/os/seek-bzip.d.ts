// What is used of the bzip2 decoder, which brings no types.
declare module 'seek-bzip' {
  const bunzip: {
    decode(input: Uint8Array, output: { writeByte(byte: number): void }, multistream?: boolean): void
  }
  export default bunzip
}
