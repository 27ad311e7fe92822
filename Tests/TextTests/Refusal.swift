import TestSupport
import Text

/// What a file of rows with this text is refused with, the folder aside.
func refusal(
  _ text: String, _ name: String, _ layout: RowLayout = RowLayout()
) throws -> String {
  try withTemporaryFolder { folder in
    let path = try write(text, folder, name)
    return message { _ = try RowReader.rows(of: path, layout: layout, skipsMalformedRows: false) }
      .replacing(folder + "/", with: "")
  }
}
