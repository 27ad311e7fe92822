import Distillation
import Testing

@Suite struct LayerMapTests {
  private func teachers(_ map: LayerMap) -> [Int] { map.hidden.map(\.teacher) }

  @Test func `uniform is TinyBERT's map where depths divide`() throws {
    let four = try LayerMap(.uniform, studentLayers: 4, teacherLayers: 12)
    // Reference 1.2, hidden states 0,3,6,9,12 and 0-based attention 2,5,8,11.
    #expect(teachers(four) == [0, 3, 6, 9, 12])
    #expect(four.attention.map { $0.teacher - 1 } == [2, 5, 8, 11])
    let six = try LayerMap(.uniform, studentLayers: 6, teacherLayers: 12)
    #expect(six.attention.map { $0.teacher - 1 } == [1, 3, 5, 7, 9, 11])
  }

  @Test
  func `uniform rounds half up where depths do not divide, and ends at the last layer`() throws {
    // g(m) = floor(m N / M + 1/2): 1.5 -> 2, 3; and 7/3 = 2.33 -> 2, 4.67 -> 5, 7.
    #expect(teachers(try LayerMap(.uniform, studentLayers: 2, teacherLayers: 3)) == [0, 2, 3])
    #expect(teachers(try LayerMap(.uniform, studentLayers: 3, teacherLayers: 7)) == [0, 2, 5, 7])
    #expect(teachers(try LayerMap(.uniform, studentLayers: 3, teacherLayers: 6)) == [0, 2, 4, 6])
    for layers in 1...24 {
      for depth in layers...24 {
        let map = try LayerMap(.uniform, studentLayers: layers, teacherLayers: depth)
        #expect(map.attention.last?.teacher == depth)
        #expect(Set(map.attention.map(\.teacher)).count == layers)
      }
    }
  }

  @Test func `last takes the teacher's top layers and its embeddings`() throws {
    let map = try LayerMap(.last, studentLayers: 3, teacherLayers: 12)
    #expect(teachers(map) == [0, 10, 11, 12])
    #expect(map.attention.map(\.teacher) == [10, 11, 12])
  }

  @Test func `lists are read in either form and resolved in the student's order`() throws {
    let plain = try LayerMap.Strategy(parsing: "4,8, 12", studentLayers: 3)
    let pairs = try LayerMap.Strategy(parsing: "3:12,1:4,2:8", studentLayers: 3)
    let one = try LayerMap(plain, studentLayers: 3, teacherLayers: 12)
    let other = try LayerMap(pairs, studentLayers: 3, teacherLayers: 12)
    #expect(one == other)
    #expect(one.description == "hidden 0<-0 1<-4 2<-8 3<-12; attention 1<-4 2<-8 3<-12")
    let partial = try LayerMap(
      LayerMap.Strategy(parsing: "0:2,3:12", studentLayers: 3), studentLayers: 3, teacherLayers: 12)
    #expect(partial.description == "hidden 0<-2 3<-12; attention 3<-12")
  }

  @Test(arguments: [
    ("4,8", "2 entries for 3 student layers"), ("1:4,x:8", "`x:8`"), ("1:4:5", "`1:4:5`"),
    ("1:4,,2:8", "``"), ("1:13", "1:13 (hidden): the teacher's layers are 0 to 12"),
    ("4:1", "4:1 (hidden): the student's layers are 0 to 3"), ("1:4,1:5", "1:5 (hidden)"),
    ("top", "`top`"), ("2:0", "2:0 (attention): the teacher's layers are 1 to 12"),
  ])
  func `a wrong entry is named`(text: String, message: String) throws {
    let error = #expect(throws: DistillationError.self) {
      _ = try LayerMap(
        LayerMap.Strategy(parsing: text, studentLayers: 3), studentLayers: 3, teacherLayers: 12)
    }
    #expect(error?.kind == .layerMap)
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test func `a student deeper than its teacher is refused`() {
    #expect(throws: DistillationError.self) {
      _ = try LayerMap(.uniform, studentLayers: 4, teacherLayers: 3)
    }
  }
}
