/** The source file that we write ourselves for each bundle: it imports the set-up files and the module. */
export const entryName = 'baton:entry'
