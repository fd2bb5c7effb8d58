/* jest-dynalite.d.cts - types of ddblite/jest-dynalite. */

/** Reads the configuration in the folder, and tells the endpoint; before the tests' modules. */
export function setup (folder: string): void
/** Opens the database and its endpoint. */
export function startDb (): Promise<void>
export function stopDb (): Promise<void>
/** Makes the tables of the configuration, with their data. */
export function createTables (): Promise<void>
export function deleteTables (): Promise<void>
