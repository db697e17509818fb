/** Next to the folder in which a module runs: where `attach` puts files for the report. */
export const attachmentsFolder = '.baton-attachments'
