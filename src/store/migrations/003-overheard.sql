-- What was overheard in a chat is found without reading everything that was ever said there.
CREATE INDEX inbox_overheard ON inbox (channel, account, chat) WHERE reason IN ('context', 'note');
