// Functions that ask before they act.

import { Denied, Engine } from 'bailiwick';

const engine = await Engine.fromDir('examples/office');

const getFile = engine.guard('get_file_by_id', async (fileId) => `the text of ${fileId}`);
const deleteFile = engine.guard('delete_file', (fileId) => console.log(`${fileId} is gone`));

const task = engine.begin({
  origin: { kind: 'user', issuer: 'https://idp.example', subject: 'emma' },
  agent: { issuer: 'https://agents.example', subject: 'assistant' },
});
await task.run(async () => {
  console.log(await getFile('0'));
  try {
    deleteFile('0');
  } catch (error) {
    if (!(error instanceof Denied)) throw error;
    console.log(`${error.message} (${error.decision.reason.code})`);
  }
});

// Prints:
// the text of 0
// This action is not permitted. (policy.no_permit)
