import { defineFailures } from '#platform'

/** Errors of system files and applied systems. */
export const fail = defineFailures('system', {
  missingFile: {
    status: 404,
    means: 'There is no system file where it was looked for',
    remedy: "Correct the path, or write a first file with 'millrace init'",
  },
  severalFiles: {
    status: 409,
    means: 'A folder holds more than one system file',
    remedy: 'Name the file instead of the folder',
  },
  syntax: {
    status: 422,
    means: 'A system file does not parse',
    remedy: 'Correct it at the line that the message shows',
  },
  fileThrew: {
    status: 422,
    means: 'A system file failed while it ran',
    remedy: 'Correct it at the place that the message shows; a system file only declares, it does no work',
  },
  noDefaultExport: {
    status: 422,
    means: 'A system file exports no system',
    remedy: "Write 'export default defineSystem({ … })'",
  },
  invalid: {
    status: 422,
    means: 'A system breaks its form, or parts of it do not fit together',
    remedy: 'Correct each place that the message lists',
  },
  unknownSystem: {
    status: 404,
    means: 'No system of this name has been applied to the store',
    remedy:
      "Apply its file with 'millrace apply', or correct the name: 'millrace status' lists those that were applied",
  },
})
