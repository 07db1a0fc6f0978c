import { defineFailures } from '#platform'

/** Makes the expected errors of ingress. */
export const fail = defineFailures('ingress', {
  unknownSource: { status: 404, means: 'The system has no source of that name', remedy: 'Use one of its sources' },
  missingFile: {
    status: 404,
    means: 'A file of a source is not there',
    remedy: 'Put the file there, or correct the path of the source; it is relative to the system file',
  },
  noMatch: {
    status: 404,
    means: 'No file matches the pattern of a source',
    remedy: 'Correct the pattern; it is relative to the system file',
  },
  notAFile: {
    status: 422,
    means: 'The path of a source is a folder',
    remedy: 'Name the files with a pattern, such as folder/*.csv',
  },
  unreadableFile: {
    status: 422,
    means: 'A file of a source cannot be opened',
    remedy: 'Give this user the right to read it',
  },
  emptyFile: {
    status: 422,
    means: 'A file of a source holds no bytes',
    remedy: 'Check the export that writes it, or remove the file',
  },
  noRows: {
    status: 422,
    means: 'A file of a source has columns, but no rows',
    remedy: 'Check the export that writes it, or remove the file',
  },
  noHeader: {
    status: 422,
    means: 'The first line of a CSV file holds values where the names of the columns belong',
    remedy: 'Write the names of the columns as the first line',
  },
  wrongDelimiter: {
    status: 422,
    means: 'A CSV file is separated by another character than the source says',
    remedy: "Correct 'delimiter' of the source, or leave it out",
  },
  notUtf8: {
    status: 422,
    means: 'A text file is not in UTF-8',
    remedy: 'Convert it, for instance with: iconv -f WINDOWS-1252 -t UTF-8 old.csv > new.csv',
  },
  duplicateColumns: {
    status: 422,
    means: 'Two columns of a file have the same name (upper and lower case count as the same)',
    remedy: 'Rename one of them',
  },
  notParquet: { status: 422, means: 'A file is not in the Parquet format', remedy: "Correct 'kind' of the source" },
  damagedParquet: { status: 422, means: 'A Parquet file is cut off or damaged', remedy: 'Write or copy it again' },
  malformedCsv: {
    status: 422,
    means: 'A CSV file cannot be read, or hardly any of its rows',
    remedy: 'Look at the line named, and correct the file or the settings of the source',
  },
  malformedJson: {
    status: 422,
    means: 'A JSON file cannot be read',
    remedy: "Correct the file; one object a line is kind 'ndjson', a list of objects is kind 'json'",
  },
  columnMissing: {
    status: 422,
    means: 'The source names a column that a file does not have',
    remedy: 'Correct the name in the system file',
  },
  columnType: {
    status: 422,
    means: 'Values of a column do not fit the type that the source declares',
    remedy: "Correct 'columns' of the source",
  },
  timeType: {
    status: 422,
    means: 'The time column of a source does not hold moments',
    remedy: "Name another column as 'time', or declare its type under 'columns' of the source",
  },
  schemaChanged: {
    status: 409,
    means: 'A column vanished or changed its type since the last pull',
    remedy: 'Correct the file, or apply a system that fits it',
  },
  pulledMeanwhile: {
    status: 409,
    retry: true,
    means: 'Another process pulled the same source at the same time',
    remedy: 'Run it again',
  },
})
