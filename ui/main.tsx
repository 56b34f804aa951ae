// Starts the Control UI: secrets out of the address bar first, then the connection, then the page.
import './secret.ts'
import { render } from 'preact'
import { connect } from './gateway.ts'
import { hearKeys } from './keys.ts'
import { Shell } from './shell.tsx'

const app = document.getElementById('app')
if (app) render(<Shell />, app)
hearKeys()
void connect()
