#!/usr/bin/env bun
// From argv to exit code. What needs nothing is answered before anything is loaded.
import { version } from './app/version.ts'

const args = process.argv.slice(2)

if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) process.stdout.write(`${version}\n`)
else process.exitCode = await (await import('./app/program.ts')).program(args)

if (process.exitCode !== undefined) process.exit(process.exitCode)
