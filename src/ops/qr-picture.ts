// A QR code as a picture a page can show.
import { renderSVG } from 'uqr'

/** The data URL of an SVG that says `text`. */
export const qrPicture = (text: string): string => `data:image/svg+xml;base64,${btoa(renderSVG(text, { border: 2 }))}`
