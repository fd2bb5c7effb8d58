/* setup.d.cts - types of the modules that are imported for what they do. */
export {}
