// Who makes oclaw, and where: releases signed with the private part of this key are taken, others are not.

/** The Ed25519 key of the releases, as base64 of its 32 bytes. */
export const releaseKey = 'hT97MvIHe3SaqHDY1HUKGKxYwgiYroHDo2j2XojRGQc='

declare const OCLAW_RELEASE_URL: string

/** The address of the newest release; nothing in a program that was built by hand. */
export const releaseUrl = typeof OCLAW_RELEASE_URL === 'string' ? OCLAW_RELEASE_URL : ''
