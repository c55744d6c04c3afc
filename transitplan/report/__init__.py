"""What planners see: the assessment, its page, map, workbook and layers."""
