// Who makes oclaw: releases signed with the private part of this key are taken, others are not.

/** The Ed25519 key of the releases, as base64 of its 32 bytes. */
export const releaseKey = 'hT97MvIHe3SaqHDY1HUKGKxYwgiYroHDo2j2XojRGQc='
