// Imported first by each command: a failure is one message for a person, without a stack of our own code.
process.on('uncaughtException', (error) => {
  console.error(`\n${error instanceof Error ? error.message : error}`);
  process.exit(1);
});
